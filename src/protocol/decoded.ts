/**
 * Decoded: what a protocol makes of a request: an action with its input, or why there is none. Handlers
 * get the same, whichever protocol it came by.
 */
import type { Action, ActionInput } from "./actions.ts";
import type { WireError } from "./wire-error.ts";

export type DecodedAction = {
  [A in Action]: { readonly ok: true; readonly action: A; readonly input: ActionInput<A> };
}[Action];

export type Undecoded = { readonly ok: false; readonly error: WireError };
export type Decoded = DecodedAction | Undecoded;

/** Errors echo a name, but not without a bound. */
const NAME_LENGTH_MAX = 100;

export function unknownAction(name: string): Undecoded {
  const message = `The action ${name.slice(0, NAME_LENGTH_MAX)} is not valid for this endpoint.`;
  return { ok: false, error: { shape: "UnknownOperationException", message } };
}

export function malformed(message: string): Undecoded {
  return { ok: false, error: { shape: "SerializationException", message } };
}
