/**
 * How long a call to another object may take. Nothing on the platform ends one that hangs, and whoever
 * waits for it would wait for ever. A call that took too long may still take effect: it counts as one
 * whose answer was lost.
 */
const CALL_MS_MAX = 10_000;

export class AnswerTooLate extends Error {
  constructor() {
    super("an object did not answer in time");
  }
}

export async function limited<T>(call: PromiseLike<T>, limitMs = CALL_MS_MAX): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new AnswerTooLate());
    timer = setTimeout(giveUp, limitMs);
  });
  try {
    return await Promise.race([call, limit]);
  } finally {
    clearTimeout(timer);
  }
}
