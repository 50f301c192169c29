/**
 * HttpDate: the value of the header `Date`, in which clients look for the server's clock when their
 * own is wrong. It has seconds, so it is written once per second and not per answer.
 */
export class HttpDate {
  #second = -1;
  #text = "";

  at(nowMs: number): string {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#text = new Date(nowMs).toUTCString();
    }
    return this.#text;
  }
}
