//go:build !v20240530005

// Package admin is the version of MongoDB's Go SDK under test, under one name. This one knows service accounts.
package admin

import "go.mongodb.org/atlas-sdk/v20241113005/admin"

type (
	APIClient                            = admin.APIClient
	AddUserToTeam                        = admin.AddUserToTeam
	ApiKeyUserDetails                    = admin.ApiKeyUserDetails
	AtlasOrganization                    = admin.AtlasOrganization
	AuditLog                             = admin.AuditLog
	CloudAccessRoleAssignment            = admin.CloudAccessRoleAssignment
	CloudAppUser                         = admin.CloudAppUser
	CloudDatabaseUser                    = admin.CloudDatabaseUser
	ComponentLabel                       = admin.ComponentLabel
	CreateAtlasOrganizationApiKey        = admin.CreateAtlasOrganizationApiKey
	CreateAtlasProjectApiKey             = admin.CreateAtlasProjectApiKey
	CreateOrganizationRequest            = admin.CreateOrganizationRequest
	DBUserTLSX509Settings                = admin.DBUserTLSX509Settings
	DataFederationLimit                  = admin.DataFederationLimit
	DatabaseInheritedRole                = admin.DatabaseInheritedRole
	DatabasePermittedNamespaceResource   = admin.DatabasePermittedNamespaceResource
	DatabasePrivilegeAction              = admin.DatabasePrivilegeAction
	DatabaseUserRole                     = admin.DatabaseUserRole
	Group                                = admin.Group
	GroupInvitationRequest               = admin.GroupInvitationRequest
	GroupInvitationUpdateRequest         = admin.GroupInvitationUpdateRequest
	GroupMaintenanceWindow               = admin.GroupMaintenanceWindow
	GroupMigrationRequest                = admin.GroupMigrationRequest
	GroupServiceAccount                  = admin.GroupServiceAccount
	GroupServiceAccountRoleAssignment    = admin.GroupServiceAccountRoleAssignment
	GroupServiceAccountUpdateRequest     = admin.GroupServiceAccountUpdateRequest
	GroupSettings                        = admin.GroupSettings
	GroupUpdate                          = admin.GroupUpdate
	LDAPSecuritySettings                 = admin.LDAPSecuritySettings
	NetworkPermissionEntry               = admin.NetworkPermissionEntry
	OrgServiceAccount                    = admin.OrgServiceAccount
	OrgServiceAccountUpdateRequest       = admin.OrgServiceAccountUpdateRequest
	OrganizationInvitationRequest        = admin.OrganizationInvitationRequest
	OrganizationInvitationUpdateRequest  = admin.OrganizationInvitationUpdateRequest
	OrganizationSettings                 = admin.OrganizationSettings
	PaginatedServiceAccountIPAccessEntry = admin.PaginatedServiceAccountIPAccessEntry
	ResourceTag                          = admin.ResourceTag
	ServiceAccountIPAccessListEntry      = admin.ServiceAccountIPAccessListEntry
	ServiceAccountSecret                 = admin.ServiceAccountSecret
	ServiceAccountSecretRequest          = admin.ServiceAccountSecretRequest
	Team                                 = admin.Team
	TeamRole                             = admin.TeamRole
	TeamUpdate                           = admin.TeamUpdate
	UpdateAtlasOrganizationApiKey        = admin.UpdateAtlasOrganizationApiKey
	UpdateAtlasProjectApiKey             = admin.UpdateAtlasProjectApiKey
	UpdateCustomDBRole                   = admin.UpdateCustomDBRole
	UpdateGroupRolesForUser              = admin.UpdateGroupRolesForUser
	UpdateOrgRolesForUser                = admin.UpdateOrgRolesForUser
	UserAccessListRequest                = admin.UserAccessListRequest
	UserAccessRoleAssignment             = admin.UserAccessRoleAssignment
	UserCert                             = admin.UserCert
	UserCustomDBRole                     = admin.UserCustomDBRole
	UserScope                            = admin.UserScope
	UserSecurity                         = admin.UserSecurity
	UserToDNMapping                      = admin.UserToDNMapping
)

var (
	AsError                          = admin.AsError
	IsErrorCode                      = admin.IsErrorCode
	NewClient                        = admin.NewClient
	NewCloudDatabaseUser             = admin.NewCloudDatabaseUser
	NewCreateAtlasOrganizationApiKey = admin.NewCreateAtlasOrganizationApiKey
	NewGroupServiceAccountRequest    = admin.NewGroupServiceAccountRequest
	NewOrgServiceAccountRequest      = admin.NewOrgServiceAccountRequest
	UseBaseURL                       = admin.UseBaseURL
	UseDigestAuth                    = admin.UseDigestAuth
	UseOAuthAuth                     = admin.UseOAuthAuth
)

// What the versions name differently.
var (
	DeleteLDAPConfiguration          = admin.LDAPConfigurationApi.DeleteLdapConfiguration
	GetLDAPConfiguration             = admin.LDAPConfigurationApi.GetLdapConfiguration
	GetManagedSlowMs                 = admin.PerformanceAdvisorApi.GetManagedSlowMs
	GetProjectLTSVersions            = admin.ProjectsApi.GetProjectLtsVersions
	ReturnAllControlPlaneIPAddresses = admin.RootApi.ReturnAllControlPlaneIpAddresses
	ReturnAllIPAddresses             = admin.ProjectsApi.ReturnAllIpAddresses
	SaveLDAPConfiguration            = admin.LDAPConfigurationApi.SaveLdapConfiguration
	UpdateOrganization               = admin.OrganizationsApi.UpdateOrganization
)

// Members that not every version decodes.
const (
	SkipDefaultAlertsSettings = `,"skipDefaultAlertsSettings":false`
	TimeZone                  = `,"timeZoneId":"UTC"`
)
