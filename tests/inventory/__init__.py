"""What is known of devices, people and switches."""
