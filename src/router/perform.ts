/**
 * Performs a decoded request for whoever calls: asks what it demands, whether the caller may, and then its
 * handler. It keeps the order: a request that is not allowed is not looked at any further.
 */
import { type Result, refused } from "../domain/result.ts";
import type { Action, ActionInput, ActionOutput } from "../protocol/actions.ts";
import { attempted, type Outcome } from "./attempt.ts";
import { accessRefusal } from "./authorisation.ts";
import { type Demand, demandsOf } from "./demands.ts";
import { dispatch } from "./dispatch.ts";
import type { Exchange } from "./exchange.ts";

export type Performed<A extends Action> = {
  readonly outcome: Outcome<ActionOutput<A> | undefined>;
  /** Of a batch of which some entry was refused: how many were. */
  readonly failedEntries: number | undefined;
  /** The ARN of what the request is about, where it names something. */
  readonly resource: string | undefined;
};

/** Where access is open, what a request demands is asked only if its resource is wanted, for the audit. */
export async function perform<A extends Action>(
  action: A,
  input: ActionInput<A>,
  exchange: Exchange,
  { isResourceWanted }: { readonly isResourceWanted: boolean },
): Promise<Performed<A>> {
  const isAsked = exchange.access !== undefined || isResourceWanted;
  const demands = isAsked ? await demandsOf(action, input, exchange) : [];
  const outcome = await attempted(resultOf(action, { input, demands }, exchange));
  const failedEntries = outcome.ok ? failedEntriesOf(outcome.value) : undefined;
  return { outcome, failedEntries, resource: demands[0]?.resource };
}

function failedEntriesOf(output: ActionOutput<Action> | undefined): number | undefined {
  return output !== undefined && "Failed" in output ? output.Failed?.length : undefined;
}

function resultOf<A extends Action>(
  action: A,
  { input, demands }: { readonly input: ActionInput<A>; readonly demands: readonly Demand[] },
  exchange: Exchange,
): Promise<Result<ActionOutput<A> | undefined>> {
  const run = () => dispatch(action, input, exchange, demands);
  return exchange.access === undefined ? run() : ifAllowed(demands, exchange, run);
}

async function ifAllowed<Value>(
  demands: readonly Demand[],
  exchange: Exchange,
  run: () => Promise<Result<Value>>,
): Promise<Result<Value>> {
  const refusal = await accessRefusal(demands, exchange);
  return refusal === undefined ? run() : refused(refusal);
}
