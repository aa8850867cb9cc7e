// An order is sent once, by the run that has made `sending` durable. Its process may stop right after that (SIGSTOP, a
// sleeping laptop) and continue when others have given it up, so three limits keep its POST and a second one apart:
//
//   SEND_WITHIN_MS + LEASE_MARGIN_MS (30 s + 15 s) < LEASE_MS (60 s)
//
// When the connection stands and before the first byte leaves, the run looks at two clocks: `sending` is younger than
// SEND_WITHIN_MS, its lease holds for another LEASE_MARGIN_MS, and the ledger still has the hold as sending. So it
// sends nothing that another run may have reclaimed, and an order that was started is over after ORDER_MS: a person's
// "not charged" is accepted only LEASE_MS + ORDER_MS after `sending`.
//
// The gap that remains: a process that is stopped between that look and the write to its socket, longer than
// LEASE_MS + ORDER_MS, while a person says that the order was not charged and it is bought again. No lock can close
// it: the order is at the vendor's door by then, and no vendor can be told that it is stale.

/** How long a run counts as alive after it renewed its lease, which it does four times as often. Milliseconds. */
export const LEASE_MS = 60_000;

/** How long after `sending` a run may still begin to send. */
export const SEND_WITHIN_MS = LEASE_MS / 2;

/** How much of its lease a run needs to send. */
export const LEASE_MARGIN_MS = LEASE_MS / 4;

/** An order without an answer by then is given up, with an unknown outcome. */
export const ORDER_MS = 120_000;

/** Returns from when on no process will send the order, by the ledger's clock. */
export function unsendableFrom(sentAt: number): number {
  return sentAt + LEASE_MS + ORDER_MS;
}
