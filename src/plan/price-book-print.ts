import type { PriceBook } from "../catalogue/price-book.ts";
import { exact } from "../money/usd.ts";
import { canonical, sha256 } from "./fingerprint.ts";

/** SHA-256 (hex) of every price of a book, its conditions and its day: a price gone up since gives another one. */
export function priceBookPrint(book: PriceBook): string {
  // Not the source: a path would make the same prices differ from folder to folder.
  const prices = book.prices.map(({ endpoint, when, perSecond, seen }) => ({
    endpoint,
    when,
    perSecond: exact(perSecond),
    seen,
  }));
  return sha256(canonical({ asOf: book.asOf, ownAsOf: book.ownAsOf, prices }));
}
