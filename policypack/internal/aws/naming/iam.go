package naming

// IAM is global: its ARNs have no region.
const (
	policyARN    = "arn:{partition}:iam::{account}:policy{path=/}{name}"
	oidcARN      = "arn:{partition}:iam::{account}:oidc-provider/{url.host}"
	samlARN      = "arn:{partition}:iam::{account}:saml-provider/{name}"
	mfaDeviceARN = "arn:{partition}:iam::{account}:mfa{path=/}{virtualMfaDeviceName}"
)

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
var iamTypes = map[string]templates{
	"aws:iam/accountAlias:AccountAlias":                   {"id": "{accountAlias}"},
	"aws:iam/accountPasswordPolicy:AccountPasswordPolicy": {"id": "iam-account-password-policy"},
	"aws:iam/group:Group":                                 {"id": "{name}", "arn": "arn:{partition}:iam::{account}:group{path=/}{name}"},
	"aws:iam/groupMembership:GroupMembership":             {"id": "{name}"},
	"aws:iam/groupPolicy:GroupPolicy":                     {"id": "{group}:{name}"},
	"aws:iam/instanceProfile:InstanceProfile": {
		"id": "{name}", "arn": "arn:{partition}:iam::{account}:instance-profile{path=/}{name}",
	},
	"aws:iam/openIdConnectProvider:OpenIdConnectProvider": {"id": oidcARN, "arn": oidcARN},
	"aws:iam/policy:Policy":                               {"id": policyARN, "arn": policyARN},
	"aws:iam/policyAttachment:PolicyAttachment":           {"id": "{name}"},
	"aws:iam/role:Role":                                   {"id": "{name}", "arn": "arn:{partition}:iam::{account}:role{path=/}{name}"},
	"aws:iam/rolePolicy:RolePolicy":                       {"id": "{role}:{name}"},
	"aws:iam/samlProvider:SamlProvider":                   {"id": samlARN, "arn": samlARN},
	"aws:iam/serverCertificate:ServerCertificate":         {"arn": "arn:{partition}:iam::{account}:server-certificate{path=/}{name}"},
	"aws:iam/user:User":                                   {"id": "{name}", "arn": "arn:{partition}:iam::{account}:user{path=/}{name}"},
	"aws:iam/userLoginProfile:UserLoginProfile":           {"id": "{user}"},
	"aws:iam/userPolicy:UserPolicy":                       {"id": "{user}:{name}"},
	"aws:iam/virtualMfaDevice:VirtualMfaDevice":           {"id": mfaDeviceARN, "arn": mfaDeviceARN, "serialNumber": mfaDeviceARN},
}
