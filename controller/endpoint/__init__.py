"""What school machines run to tell of their own protection. Each script stands alone: it imports nothing of ours."""
