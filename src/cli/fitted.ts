import stringWidth from "string-width";

/** As much of a picture as a terminal shows without losing its top, which matters most. */
export function fitted(picture: string, width: number, rows: number): string {
  // Nothing is known of a terminal without lines, and one is left for the cursor.
  const room = rows > 0 ? rows - 1 : Infinity;
  const lines = picture.split("\n");
  const heights = lines.map((line) => Math.max(1, Math.ceil(stringWidth(line) / width)));
  const all = heights.reduce((total, height) => total + height, 0);
  if (all <= room) return picture;
  let used = 0;
  const kept = lines.filter((_, index) => {
    used += heights[index] ?? 1;
    return used <= room - 1;
  });
  return [...kept, "… `topsheet status` shows all of it"].join("\n");
}
