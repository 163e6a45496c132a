"""The policy of the walks' school: small, but with a line for each thing that can happen to a query."""

POLICY = """
school: {name: Mill Brook Primary School, time_zone: Europe/London}
responsible:
  ict_lead: {name: ICT lead, email: ict@millbrook.example}
  deputy: {name: Deputy head, email: deputy@millbrook.example}
  head: {name: Head teacher, email: head@millbrook.example}
  safeguarding_lead: {name: Safeguarding lead, email: safe@millbrook.example}
segments:
  pupils: {vlan: 20, subnets: [127.1.0.0/16, 127.5.0.0/16, 127.6.0.0/16]}
  staff: {vlan: 30, subnets: [127.30.0.0/16]}
  things: {vlan: 40, subnets: [127.40.0.0/16]}
  quarantine: {vlan: 999, subnets: [127.99.0.0/16]}
site_lists:
  approved-sites: {sites: [topmarks.co.uk], clauses: [F4, F5]}
access_levels:
  approved-only: {focus: [approved-sites], block: [games], safe_search: strict, clauses: [F4, F5]}
  key-stage-2:
    block: [games, {service: tiktok}, {name: noise.example, why: loud, by: ict_lead}]
    allow: [{name: chess.example, why: chess club, by: ict_lead}]
    safe_search: strict
    clauses: [F1, F3]
  staff: {block: [gambling], clauses: [F9]}
  equipment: {block: [games], clauses: [F1]}
mandatory: [terrorism]
year_groups:
  year-1: {key_stage: ks1, level: approved-only, segment: pupils}
  year-5: {key_stage: ks2, level: key-stage-2, segment: pupils}
  year-6: {key_stage: ks2, level: key-stage-2, segment: pupils}
roles:
  teacher: {level: staff, segment: staff, may_open: own-classes, longest_window: 60m}
  technician: {level: staff, segment: staff}
outside_windows: {pupils: closed, ks1: approved-only, staff: open}
devices:
  school-ipad: {segment: by-person}
  school-laptop: {segment: by-person}
  checked-laptop: {segment: by-person, posture: {antivirus_signatures: 3d, scan: 7d}}
  printer: {segment: things, pinned: true, level: equipment}
brakes: {ports_per_minute: 60, share_of_room: 100%, in_lesson_time: allow}
enforcement: {mode: enforce}
dns:
  hosts: {timetable.millbrook.internal: [127.40.0.5]}
  internal: {millbrook.internal: []}
lists:
  - {name: games, category: games, path: lists/games.txt}
  - {name: gambling, category: gambling, path: lists/gambling.txt}
  - {name: terrorism, category: terrorism, path: lists/terrorism.txt}
"""

LISTS = {
    "games": ["roblox.com", "chess.example", "ttrockstars.com"],
    "gambling": ["bets.example"],
    "terrorism": ["hate.example"],
}

OUTSIDE = {
    "bbc.co.uk": ["300 A 192.0.2.10", "300 AAAA 2001:db8::10"],
    "topmarks.co.uk": ["300 A 192.0.2.11"],
    "roblox.com": ["300 A 192.0.2.12"],
    "chess.example": ["300 A 192.0.2.13"],
    "ttrockstars.com": ["300 A 192.0.2.14"],
    "bets.example": ["300 A 192.0.2.15"],
    "hate.example": ["300 A 192.0.2.16"],
    "captive.apple.com": ["300 A 192.0.2.17"],
    "childline.org.uk": ["300 A 192.0.2.18"],
    "www.google.com": ["300 A 192.0.2.19"],
    "forcesafesearch.google.com": ["300 A 192.0.2.20"],
    "sums.example": ["300 CNAME roblox.com"],
    "trap.example": ["300 A 10.0.0.5"],
    "wikipedia.org": ["300 A 192.0.2.21"],
}
"""What the resolver outside knows; everything else does not exist there."""
