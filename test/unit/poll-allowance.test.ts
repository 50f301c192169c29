/** How many receives of one user may wait at once, whatever the others do. */
import { expect, test } from "vitest";
import { POLLS_PER_USER_MAX, PollAllowance } from "../../src/router/poll-allowance.ts";

test("one key's waits are bounded, and another's are not among them", () => {
  const allowance = new PollAllowance(2);
  expect([1, 2, 3].map(() => allowance.enter("a"))).toEqual([true, true, false]);
  expect(allowance.enter("b")).toBe(true);
});

test("who leaves makes room for one", () => {
  const allowance = new PollAllowance(2);
  allowance.enter("a");
  allowance.enter("a");
  allowance.leave("a");
  expect([1, 2].map(() => allowance.enter("a"))).toEqual([true, false]);
  allowance.leave("a");
  allowance.leave("a");
  expect([1, 2, 3].map(() => allowance.enter("a"))).toEqual([true, true, false]);
});

test("a refused wait takes no room, and needs not leave", () => {
  const allowance = new PollAllowance(1);
  allowance.enter("a");
  for (let times = 0; times < 5; times++) expect(allowance.enter("a")).toBe(false);
  allowance.leave("a");
  expect(allowance.enter("a")).toBe(true);
});

test("names like those of an object's members are names", () => {
  const allowance = new PollAllowance(1);
  for (const name of ["__proto__", "constructor", ""]) {
    expect([allowance.enter(name), allowance.enter(name)]).toEqual([true, false]);
  }
});

test("a key of a usual client has room enough", () => {
  const allowance = new PollAllowance();
  for (let count = 0; count < POLLS_PER_USER_MAX; count++) expect(allowance.enter("a")).toBe(true);
  expect(allowance.enter("a")).toBe(false);
  expect(POLLS_PER_USER_MAX).toBeGreaterThanOrEqual(1_000);
});
