/** Time zones with offsets and changes of clocks of every kind: half hours, quarters, and midnights that come twice or never. */
export const ZONES = [
  "UTC",
  "Europe/London",
  "America/New_York",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "America/Havana",
  "Asia/Beirut",
  "Pacific/Kiritimati",
];
