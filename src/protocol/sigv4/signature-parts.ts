/**
 * What a signature consists of, whichever form it came in: the texts as they are in the request, none of
 * them believed yet.
 */
import type { WireError } from "../wire-error.ts";

export type SignatureParts = {
  readonly form: "header" | "query";
  /** Key id, day, region, service, terminator; between slashes. */
  readonly credential: string;
  /** Between semicolons. */
  readonly signedHeaders: string;
  readonly signature: string;
  /** Well-formed, such as `20261125T093000Z`. */
  readonly timestamp: string;
  /** How long a presigned URL asks to be good for. */
  readonly lifetimeSeconds: number | undefined;
  readonly sessionToken: string | undefined;
};

export type PartsReading =
  | { readonly ok: true; readonly parts: SignatureParts }
  | { readonly ok: false; readonly error: WireError };
