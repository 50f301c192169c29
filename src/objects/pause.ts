/**
 * A pause: resolves after a while. Whoever pauses has to look anew at everything afterwards; nothing
 * durable may rest on it, because an object that is evicted forgets it.
 */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
