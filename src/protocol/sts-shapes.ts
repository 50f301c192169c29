/**
 * The actions of STS that there are (API version 2011-06-15): the shapes of their requests and the types
 * of their answers, by the names of STS's API reference.
 */
import { INTEGER, STRING, structure } from "./shape.ts";

export const STS_INPUTS = {
  AssumeRoot: structure({
    TargetPrincipal: STRING,
    TaskPolicyArn: structure({ arn: STRING }),
    DurationSeconds: INTEGER,
  }),
  GetCallerIdentity: structure({}),
  GetSessionToken: structure({
    DurationSeconds: INTEGER,
    SerialNumber: STRING,
    TokenCode: STRING,
  }),
} as const;

export type TemporaryCredentials = {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
  readonly Expiration: Date;
};

export type StsOutputs = {
  AssumeRoot: { readonly Credentials: TemporaryCredentials };
  GetCallerIdentity: { readonly UserId: string; readonly Account: string; readonly Arn: string };
  GetSessionToken: { readonly Credentials: TemporaryCredentials };
};
