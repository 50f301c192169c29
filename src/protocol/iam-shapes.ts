/**
 * The actions of IAM that there are (API version 2010-05-08): the shapes of their requests and the types
 * of their answers, by the names of IAM's API reference. What a request has beyond these is ignored,
 * except for what would be dangerous to ignore: that is read, to be refused.
 */
import { INTEGER, list, STRING, structure } from "./shape.ts";

const ON_USER = { UserName: STRING } as const;
const ON_KEY = { ...ON_USER, AccessKeyId: STRING } as const;
const ON_POLICY = { ...ON_USER, PolicyName: STRING } as const;
const PAGED = { Marker: STRING, MaxItems: INTEGER } as const;

export const IAM_INPUTS = {
  CreateAccessKey: structure(ON_USER),
  CreateUser: structure({
    ...ON_USER,
    Path: STRING,
    PermissionsBoundary: STRING,
    Tags: list(structure({ Key: STRING, Value: STRING }), "Tags"),
  }),
  DeleteAccessKey: structure(ON_KEY),
  DeleteUser: structure(ON_USER),
  DeleteUserPolicy: structure(ON_POLICY),
  GetAccessKeyLastUsed: structure({ AccessKeyId: STRING }),
  GetUser: structure(ON_USER),
  GetUserPolicy: structure(ON_POLICY),
  ListAccessKeys: structure({ ...ON_USER, ...PAGED }),
  ListUserPolicies: structure({ ...ON_USER, ...PAGED }),
  ListUsers: structure({ PathPrefix: STRING, ...PAGED }),
  PutUserPolicy: structure({ ...ON_POLICY, PolicyDocument: STRING }),
  UpdateAccessKey: structure({ ...ON_KEY, Status: STRING }),
} as const;

export type IamUser = {
  readonly Path: string;
  /** The root has none. */
  readonly UserName?: string;
  readonly UserId: string;
  readonly Arn: string;
  readonly CreateDate?: Date;
};

type AccessKeyMetadata = {
  readonly UserName: string;
  readonly AccessKeyId: string;
  readonly Status: "Active" | "Inactive";
  readonly CreateDate: Date;
};

type Page = { readonly IsTruncated: boolean; readonly Marker?: string };

export type IamOutputs = {
  CreateAccessKey: { readonly AccessKey: AccessKeyMetadata & { readonly SecretAccessKey: string } };
  CreateUser: { readonly User: IamUser };
  DeleteAccessKey: undefined;
  DeleteUser: undefined;
  DeleteUserPolicy: undefined;
  GetAccessKeyLastUsed: {
    readonly UserName: string;
    readonly AccessKeyLastUsed: {
      readonly LastUsedDate?: Date;
      readonly ServiceName: string;
      readonly Region: string;
    };
  };
  GetUser: { readonly User: IamUser };
  GetUserPolicy: {
    readonly UserName: string;
    readonly PolicyName: string;
    readonly PolicyDocument: string;
  };
  ListAccessKeys: { readonly AccessKeyMetadata: readonly AccessKeyMetadata[] } & Page;
  ListUserPolicies: { readonly PolicyNames: readonly string[] } & Page;
  ListUsers: { readonly Users: readonly IamUser[] } & Page;
  PutUserPolicy: undefined;
  UpdateAccessKey: undefined;
};
