/**
 * HeldPoll: a waiting poll whose Worker is played by the test. It says on the socket what a test
 * wants said, or nothing, as a Worker does that was cut off.
 */
import { unpackDelivery } from "../../src/domain/delivery.ts";
import { eventually, type PolledQueue } from "./polled-queue.ts";

type Handed = { readonly payloadText: string; readonly receiveCount: number };

const payloadText = new TextDecoder();

export class HeldPoll {
  readonly #socket: WebSocket;
  readonly #frames: (ArrayBuffer | string)[] = [];
  #isClosed = false;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      this.#frames.push(data);
    });
    socket.addEventListener("close", () => {
      this.#isClosed = true;
    });
    socket.binaryType = "arraybuffer";
    socket.accept();
  }

  static async open(queue: PolledQueue, order: object = {}): Promise<HeldPoll> {
    const response = await HeldPoll.ask(queue, order);
    if (response.webSocket === null) throw new Error(`no socket, but ${response.status}`);
    return new HeldPoll(response.webSocket);
  }

  /** What the object answers a Worker. */
  static ask(queue: PolledQueue, order: object = {}): Promise<Response> {
    const asked = JSON.stringify({ maxCount: 1, waitTimeSeconds: 20, ...order });
    const headers = { Upgrade: "websocket", "millrace-receive": asked };
    return queue.object.fetch("https://queue/receive", { headers });
  }

  get frameCount(): number {
    return this.#frames.length;
  }

  /** The messages of the first frame, as soon as it is there. */
  async handed(): Promise<Handed[]> {
    await eventually(() => this.#frames.length > 0, "nothing was handed to the poll");
    const [frame] = this.#frames;
    if (!(frame instanceof ArrayBuffer)) throw new Error(`the poll was ended: ${frame}`);
    return unpackDelivery(new Uint8Array(frame)).map(({ payload, receiveCount }) => {
      return { payloadText: payloadText.decode(payload), receiveCount };
    });
  }

  say(text: string): void {
    this.#socket.send(text);
  }

  acknowledge(): void {
    this.say("ok");
  }

  leave(): void {
    this.#socket.close(4001);
  }

  closed(): Promise<void> {
    return eventually(() => this.#isClosed, "the object did not close the socket");
  }
}
