// A few kilobytes of ZIP can unfold into gigabytes. The library unfolds each part no further than the directory says
// it is long, so what the directory says is added up first, and what it leaves unsaid is refused.

const MOST_BYTES = 64 * 1024 * 1024;
const MOST_PARTS = 4_096;

const END = 0x06054b50;
const ENTRY = 0x02014b50;

/** Why a ZIP file is not to be unfolded; null for one that may be. */
export function zipProblem(bytes: Uint8Array): string | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endOf(view);
  if (end === null) return "it is cut short, or no workbook at all";
  const parts = view.getUint16(end + 10, true);
  if (parts > MOST_PARTS) return `it has ${parts} parts; a workbook has a few dozen`;
  let at = view.getUint32(end + 16, true);
  let total = 0;
  for (let part = 0; part < parts; part += 1) {
    if (at + 46 > view.byteLength || view.getUint32(at, true) !== ENTRY) {
      return "its directory is broken";
    }
    const flags = view.getUint16(at + 8, true);
    const packed = view.getUint32(at + 20, true);
    const unpacked = view.getUint32(at + 24, true);
    const named = view.getUint16(at + 28, true);
    // Nothing packed, but a length that follows the data: then the directory's length would not count.
    const unsaid = packed === 0 && (flags & 8) !== 0;
    if (unsaid || (unpacked === 0 && packed > 2)) return "it does not say how long its parts are";
    total += unpacked;
    if (total > MOST_BYTES) {
      return `it unfolds into more than ${MOST_BYTES / 1024 / 1024} MiB`;
    }
    at += 46 + named + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return null;
}

/** Where the record at the end begins: searched from behind, for a comment may follow it. */
function endOf(view: DataView): number | null {
  const least = Math.max(0, view.byteLength - 22 - 0xffff);
  for (let at = view.byteLength - 22; at >= least; at -= 1) {
    if (view.getUint32(at, true) === END) return at;
  }
  return null;
}
