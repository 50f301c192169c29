/**
 * The actions on message move tasks: the shapes of their requests and the types of their answers, by
 * the names of the published model.
 */
import { INTEGER, STRING, structure } from "./shape.ts";

export const MOVE_TASK_INPUTS = {
  CancelMessageMoveTask: structure({ TaskHandle: STRING }),
  ListMessageMoveTasks: structure({ SourceArn: STRING, MaxResults: INTEGER }),
  StartMessageMoveTask: structure({
    SourceArn: STRING,
    DestinationArn: STRING,
    MaxNumberOfMessagesPerSecond: INTEGER,
  }),
} as const;

type MoveTask = {
  readonly TaskHandle?: string;
  readonly Status?: string;
  readonly SourceArn?: string;
  readonly DestinationArn?: string;
  readonly MaxNumberOfMessagesPerSecond?: number;
  readonly ApproximateNumberOfMessagesMoved?: number;
  readonly ApproximateNumberOfMessagesToMove?: number;
  readonly FailureReason?: string;
  readonly StartedTimestamp?: number;
};

export type MoveTaskOutputs = {
  CancelMessageMoveTask: { readonly ApproximateNumberOfMessagesMoved: number };
  ListMessageMoveTasks: { readonly Results?: readonly MoveTask[] };
  StartMessageMoveTask: { readonly TaskHandle: string };
};
