/**
 * The Worker's entry: the app and the Durable Object classes, nothing else. The names of the classes
 * are part of every object's identity on disk; renaming one orphans its data.
 */
export { Account } from "./objects/account.ts";
export { Identity } from "./objects/identity.ts";
export { MessageGroup } from "./objects/message-group.ts";
export { Queue } from "./objects/queue.ts";

import { app } from "./app.ts";

export default app;
