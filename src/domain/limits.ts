/**
 * Limits: every number that SQS or the platform sets, with its unit in its name. SQS's own are from
 * the "Quotas" and API reference pages of its developer guide; ours say why they are what they are.
 */

/** Bodies plus attributes of one batch, whatever the queue allows for a message (SQS: 1 MiB). */
export const BATCH_BYTES_MAX = 1_048_576;
export const BATCH_ENTRIES_MAX = 10;
export const BATCH_ENTRY_ID_LENGTH_MAX = 80;
export const MESSAGE_ATTRIBUTES_MAX = 10;
export const RECEIVE_COUNT_MAX = 10;
export const DELAY_SECONDS_MAX = 900;
export const WAIT_TIME_SECONDS_MAX = 20;
export const VISIBILITY_TIMEOUT_SECONDS_MAX = 43_200;

/** Ours: a trace header does not count towards a message's size, but has to be stored with it. */
export const TRACE_HEADER_BYTES_MAX = 8_192;

/** MessageRetentionPeriod at most: 14 days. */
export const RETENTION_SECONDS_MAX = 1_209_600;

/** Messages received and neither deleted nor lapsed, per standard queue (SQS: about 120,000). */
export const IN_FLIGHT_MAX = 120_000;

/** AWS's cool-downs: re-creating a deleted queue, and a second PurgeQueue. */
export const QUEUE_DELETED_COOLDOWN_MS = 60_000;
export const PURGE_COOLDOWN_MS = 60_000;

/** For how long an accepted deduplication id answers for its message (SQS: 5 minutes). */
export const DEDUPLICATION_INTERVAL_MS = 300_000;

/** How long a ReceiveRequestAttemptId brings the same messages again. */
export const RECEIVE_ATTEMPT_INTERVAL_MS = 300_000;

/** Of a queue's policy: its text, and what it holds over all its statements. */
export const POLICY_BYTES_MAX = 8_192;
export const POLICY_STATEMENTS_MAX = 20;
export const POLICY_PRINCIPALS_MAX = 50;
export const POLICY_CONDITIONS_MAX = 10;
/** In one statement of a queue's policy. */
export const POLICY_ACTIONS_MAX = 7;

export const LIST_RESULTS_MAX = 1_000;
export const TAGS_MAX = 50;
export const TAG_KEY_LENGTH_MAX = 128;
export const TAG_VALUE_LENGTH_MAX = 256;
export const QUEUE_NAME_LENGTH_MAX = 80;
export const MESSAGE_GROUP_ID_LENGTH_MAX = 128;

/**
 * A row of a segment. The platform's limit is 2 MB; workerd itself lets 2.15 MB pass on a laptop, so
 * it is enforced here.
 */
export const SEGMENT_BYTES_MAX = 1_900_000;

/** Messages of one segment: bounds the state row that a single receive rewrites. */
export const SEGMENT_MESSAGES_MAX = 512;
