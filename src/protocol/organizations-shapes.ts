/**
 * The actions of Organizations that there are (API version 2016-11-28): the shapes of their requests and
 * the types of their answers, by the names of its API reference.
 */
import { INTEGER, STRING, structure } from "./shape.ts";

export const ORGANIZATIONS_INPUTS = {
  CreateAccount: structure({ AccountName: STRING, Email: STRING }),
  DescribeAccount: structure({ AccountId: STRING }),
  DescribeCreateAccountStatus: structure({ CreateAccountRequestId: STRING }),
  ListAccounts: structure({ MaxResults: INTEGER, NextToken: STRING }),
} as const;

export type CreateAccountStatus = {
  readonly Id: string;
  readonly AccountName: string;
  readonly State: "SUCCEEDED" | "FAILED";
  readonly RequestedTimestamp: Date;
  readonly CompletedTimestamp: Date;
  readonly AccountId?: string;
  readonly FailureReason?: "EMAIL_ALREADY_EXISTS";
};

export type OrganizationAccount = {
  readonly Id: string;
  readonly Arn: string;
  readonly Email?: string;
  readonly Name: string;
  readonly Status: "ACTIVE";
  readonly State: "ACTIVE";
  readonly JoinedMethod: "CREATED" | "INVITED";
  readonly JoinedTimestamp: Date;
};

export type OrganizationsOutputs = {
  CreateAccount: { readonly CreateAccountStatus: CreateAccountStatus };
  DescribeAccount: { readonly Account: OrganizationAccount };
  DescribeCreateAccountStatus: { readonly CreateAccountStatus: CreateAccountStatus };
  ListAccounts: { readonly Accounts: readonly OrganizationAccount[]; readonly NextToken?: string };
};
