import type { PriceBook } from "../catalogue/price-book.ts";
import { exact } from "../money/usd.ts";
import { canonical, sha256 } from "./fingerprint.ts";

/** SHA-256 (hex) of every price of a book and where it is from: a price gone up since gives another one. */
export function priceBookPrint(book: PriceBook): string {
  const prices = book.prices.map((price) => ({ ...price, perSecond: exact(price.perSecond) }));
  return sha256(canonical({ asOf: book.asOf, ownAsOf: book.ownAsOf, prices }));
}
