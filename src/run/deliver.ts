import type { Hold } from "../ledger/hold.ts";
import { about, record, type Work } from "./work.ts";

/** Brings a settled line's video to its place; false where it could not be, which costs nothing and can be tried again. */
export async function deliver(work: Work, hold: Hold): Promise<boolean> {
  const line = about(hold);
  if (hold.videoUrl === null) throw new Error(`${hold.key} is settled without a video`);
  const tell = (bytes: number): void => work.tell({ event: "downloading", line, bytes });
  const delivered = await work.store.deliver(hold, hold.videoUrl, tell, work.leave);
  if (delivered.is === "undelivered") {
    const { trouble, why } = delivered;
    work.tell({ event: "undelivered", line, trouble, why });
    return false;
  }
  const { delivery } = delivered;
  await record(work, hold, { kind: "delivered", delivery });
  work.tell({ event: "delivered", line, delivery });
  return true;
}
