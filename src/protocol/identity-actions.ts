/**
 * The actions on users, keys and accounts, of whichever service: a name, the shape of its request, the
 * type of its answer. No two services have an action of the same name.
 */
import { IAM_INPUTS, type IamOutputs } from "./iam-shapes.ts";
import type { IdentityService } from "./identity-service.ts";
import { ORGANIZATIONS_INPUTS, type OrganizationsOutputs } from "./organizations-shapes.ts";
import type { ValueOf } from "./shape.ts";
import { STS_INPUTS, type StsOutputs } from "./sts-shapes.ts";

export const IDENTITY_INPUTS = { ...IAM_INPUTS, ...STS_INPUTS, ...ORGANIZATIONS_INPUTS };

type Outputs = IamOutputs & StsOutputs & OrganizationsOutputs;

export type IdentityAction = keyof typeof IDENTITY_INPUTS;
export type IdentityInput<A extends IdentityAction> = ValueOf<(typeof IDENTITY_INPUTS)[A]>;
export type IdentityOutput<A extends IdentityAction> = Outputs[A];

const INPUTS_OF: Readonly<Record<IdentityService, object>> = {
  iam: IAM_INPUTS,
  sts: STS_INPUTS,
  organizations: ORGANIZATIONS_INPUTS,
};

export function isActionOf(service: IdentityService, name: string): name is IdentityAction {
  return Object.hasOwn(INPUTS_OF[service], name);
}
