/** What is bought once: a campaign's n-th line with this fingerprint, in an edition; most campaigns have no editions. */
export interface PurchaseId {
  readonly fingerprint: string;
  readonly ordinal: number;
  readonly edition?: string;
}

/** Names a purchase within its campaign. */
export function purchaseKey({ fingerprint, ordinal, edition = "" }: PurchaseId): string {
  return `${fingerprint} ${ordinal} ${edition}`;
}
