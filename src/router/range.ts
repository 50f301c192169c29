/**
 * Ranges of integer parameters. SQS words the reason differently for each of them, so it is the
 * caller's; an absent parameter is in every range.
 */
import type { Refusal } from "../domain/refusal.ts";

export type Range = { readonly min: number; readonly max: number };

export function rangeFlaw(
  parameterName: string,
  value: number | undefined,
  range: Range & { reason: string },
): Refusal | undefined {
  if (value === undefined || (value >= range.min && value <= range.max)) return undefined;
  return { kind: "parameter-invalid", parameterName, value: String(value), reason: range.reason };
}
