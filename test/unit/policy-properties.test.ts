/**
 * What holds of every decision, over generated policies and requests: a Deny never adds to what is
 * allowed, a condition never widens an Allow, and the order of statements does not matter. fast-check
 * prints the seed of a failure; MILLRACE_SEED repeats a run.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type AccessRequest, decide } from "../../src/domain/policy/decision.ts";
import type { PolicyKind } from "../../src/domain/policy/statement.ts";
import { CONDITION, policyOf, REQUEST, statement } from "../support/policy-arbitrary.ts";
import { seedOfRun } from "../support/seeded-random.ts";

/** Statements of the three sides that may decide a request; undefined is no such policy. */
type Sides = {
  readonly identity: readonly object[];
  readonly resource: readonly object[] | undefined;
  readonly session: readonly object[] | undefined;
};

const OPTIONS = { seed: seedOfRun(), numRuns: 5_000 };
const KINDS = { identity: "identity", resource: "resource", session: "identity" } as const;
const SIDE = fc.constantFrom("identity", "resource", "session");

function some(kind: PolicyKind): fc.Arbitrary<object[]> {
  return fc.array(statement(kind), { minLength: 1, maxLength: 4 });
}

const SIDES: fc.Arbitrary<Sides> = fc.record({
  identity: some("identity"),
  resource: fc.option(some("resource"), { nil: undefined }),
  session: fc.option(some("identity"), { nil: undefined, freq: 1 }),
});

function policiesOf({ identity, resource, session }: Sides) {
  return {
    identity: [policyOf(identity, "identity")],
    resource: resource && policyOf(resource, "resource"),
    session: session && policyOf(session, "identity"),
  };
}

function isAllowed(request: AccessRequest, sides: Sides): boolean {
  return decide(request, policiesOf(sides)).kind === "allowed";
}

test("what is allowed never grows by a Deny", () => {
  const denies = fc.record({ identity: statement("identity"), resource: statement("resource") });
  let allowedCount = 0;
  let takenCount = 0;
  fc.assert(
    fc.property(REQUEST, SIDES, SIDE, denies, (request, sides, side, each) => {
      // Where there is no policy, the first Deny makes one; a session's policy is there or not.
      const statements = side === "resource" ? (sides.resource ?? []) : sides[side];
      fc.pre(statements !== undefined);
      const deny = { ...each[KINDS[side]], Effect: "Deny" };
      const isAllowedBefore = isAllowed(request, sides);
      const isAllowedAfter = isAllowed(request, { ...sides, [side]: [...statements, deny] });
      allowedCount += Number(isAllowedBefore);
      takenCount += Number(isAllowedBefore && !isAllowedAfter);
      expect(isAllowedAfter && !isAllowedBefore).toBe(false);
    }),
    OPTIONS,
  );
  // The property would hold of a world in which nothing is ever allowed.
  expect(allowedCount).toBeGreaterThan(OPTIONS.numRuns / 20);
  expect(takenCount).toBeGreaterThan(OPTIONS.numRuns / 100);
});

test("a condition never widens an Allow", () => {
  let narrowedCount = 0;
  const bare = (Effect: string) =>
    fc.record({ identity: statement("identity"), resource: statement("resource") }).map((each) => ({
      identity: { ...each.identity, Effect },
      resource: { ...each.resource, Effect },
    }));
  fc.assert(
    fc.property(
      REQUEST,
      SIDES,
      SIDE,
      bare("Allow"),
      CONDITION,
      (request, sides, side, each, Condition) => {
        const statements = side === "resource" ? (sides.resource ?? []) : sides[side];
        fc.pre(statements !== undefined);
        const allow = { ...each[KINDS[side]], Condition: {} };
        const withAllow = (one: object): boolean => {
          return isAllowed(request, { ...sides, [side]: [...statements, one] });
        };
        const isAllowedBare = withAllow(allow);
        const isAllowedConditionally = withAllow({ ...allow, Condition });
        narrowedCount += Number(isAllowedBare && !isAllowedConditionally);
        expect(isAllowedConditionally && !isAllowedBare).toBe(false);
      },
    ),
    OPTIONS,
  );
  expect(narrowedCount).toBeGreaterThan(0);
});

test("the order of statements and of policies does not matter", () => {
  fc.assert(
    fc.property(REQUEST, SIDES, some("identity"), (request, sides, more) => {
      const forth = policiesOf(sides);
      const back = policiesOf({
        identity: sides.identity.toReversed(),
        resource: sides.resource?.toReversed(),
        session: sides.session?.toReversed(),
      });
      const another = policyOf(more, "identity");
      const decision = decide(request, { ...forth, identity: [...forth.identity, another] });
      expect(decide(request, { ...back, identity: [another, ...back.identity] })).toEqual(decision);
      const joined = { ...back, identity: [policyOf([...more, ...sides.identity], "identity")] };
      expect(decide(request, joined)).toEqual(decision);
    }),
    OPTIONS,
  );
});

test("nobody but a root user of the owning account is allowed anything without an Allow", () => {
  const denying = (kind: PolicyKind) => {
    return some(kind).map((each) => each.map((one) => ({ ...one, Effect: "Deny" })));
  };
  const sides = fc.record({
    identity: denying("identity"),
    resource: fc.option(denying("resource"), { nil: undefined }),
    session: fc.constant(undefined),
  });
  fc.assert(
    fc.property(REQUEST, sides, (request, each) => {
      const { principal, resourceAccountId } = request;
      fc.pre(principal.kind !== "root" || principal.accountId !== resourceAccountId);
      expect(isAllowed(request, each)).toBe(false);
    }),
    OPTIONS,
  );
});
