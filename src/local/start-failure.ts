/**
 * StartFailure: the local server cannot start, or cannot go on, for a reason outside Millrace: the
 * port is taken, the directory is in use or cannot be written. Its message is one line that says
 * what to do; it is printed without a stack. Everything else that is thrown is a bug.
 */
export class StartFailure extends Error {
  override readonly name = "StartFailure";
}

/** The code of a system error ("EADDRINUSE", "EACCES"), or undefined for anything else. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
