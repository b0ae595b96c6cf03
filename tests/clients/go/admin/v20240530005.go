//go:build v20240530005

// Package admin is the version of MongoDB's Go SDK under test, under one name. This one knows API keys only.
package admin

import (
	"context"
	"encoding/json"
	"net/http"

	"go.mongodb.org/atlas-sdk/v20240530005/admin"
)

type (
	APIClient                           = admin.APIClient
	AddUserToTeam                       = admin.AddUserToTeam
	ApiKeyUserDetails                   = admin.ApiKeyUserDetails
	AtlasOrganization                   = admin.AtlasOrganization
	AuditLog                            = admin.AuditLog
	CloudAccessRoleAssignment           = admin.CloudAccessRoleAssignment
	CloudAppUser                        = admin.CloudAppUser
	CloudDatabaseUser                   = admin.CloudDatabaseUser
	ComponentLabel                      = admin.ComponentLabel
	CreateAtlasOrganizationApiKey       = admin.CreateAtlasOrganizationApiKey
	CreateAtlasProjectApiKey            = admin.CreateAtlasProjectApiKey
	CreateOrganizationRequest           = admin.CreateOrganizationRequest
	DBUserTLSX509Settings               = admin.DBUserTLSX509Settings
	DataFederationLimit                 = admin.DataFederationLimit
	DatabaseInheritedRole               = admin.DatabaseInheritedRole
	DatabasePermittedNamespaceResource  = admin.DatabasePermittedNamespaceResource
	DatabasePrivilegeAction             = admin.DatabasePrivilegeAction
	DatabaseUserRole                    = admin.DatabaseUserRole
	Group                               = admin.Group
	GroupInvitationRequest              = admin.GroupInvitationRequest
	GroupInvitationUpdateRequest        = admin.GroupInvitationUpdateRequest
	GroupMaintenanceWindow              = admin.GroupMaintenanceWindow
	GroupMigrationRequest               = admin.GroupMigrationRequest
	GroupSettings                       = admin.GroupSettings
	GroupUpdate                         = admin.GroupUpdate
	LDAPSecuritySettings                = admin.LDAPSecuritySettings
	NetworkPermissionEntry              = admin.NetworkPermissionEntry
	OrganizationInvitationRequest       = admin.OrganizationInvitationRequest
	OrganizationInvitationUpdateRequest = admin.OrganizationInvitationUpdateRequest
	OrganizationSettings                = admin.OrganizationSettings
	ResourceTag                         = admin.ResourceTag
	Team                                = admin.Team
	TeamRole                            = admin.TeamRole
	TeamUpdate                          = admin.TeamUpdate
	UpdateAtlasOrganizationApiKey       = admin.UpdateAtlasOrganizationApiKey
	UpdateAtlasProjectApiKey            = admin.UpdateAtlasProjectApiKey
	UpdateCustomDBRole                  = admin.UpdateCustomDBRole
	UpdateGroupRolesForUser             = admin.UpdateGroupRolesForUser
	UpdateOrgRolesForUser               = admin.UpdateOrgRolesForUser
	UserAccessListRequest               = admin.UserAccessListRequest
	UserAccessRoleAssignment            = admin.UserAccessRoleAssignment
	UserCert                            = admin.UserCert
	UserCustomDBRole                    = admin.UserCustomDBRole
	UserScope                           = admin.UserScope
	UserSecurity                        = admin.UserSecurity
	UserToDNMapping                     = admin.UserToDNMapping
)

var (
	AsError                          = admin.AsError
	IsErrorCode                      = admin.IsErrorCode
	NewClient                        = admin.NewClient
	NewCloudDatabaseUser             = admin.NewCloudDatabaseUser
	NewCreateAtlasOrganizationApiKey = admin.NewCreateAtlasOrganizationApiKey
	UseBaseURL                       = admin.UseBaseURL
	UseDigestAuth                    = admin.UseDigestAuth
)

// What the versions name differently.
var (
	DeleteLDAPConfiguration          = admin.LDAPConfigurationApi.DeleteLDAPConfiguration
	GetLDAPConfiguration             = admin.LDAPConfigurationApi.GetLDAPConfiguration
	GetProjectLTSVersions            = admin.ProjectsApi.GetProjectLTSVersions
	ReturnAllControlPlaneIPAddresses = admin.RootApi.ReturnAllControlPlaneIPAddresses
	ReturnAllIPAddresses             = admin.ProjectsApi.ReturnAllIPAddresses
	SaveLDAPConfiguration            = admin.LDAPConfigurationApi.SaveLDAPConfiguration
	UpdateOrganization               = admin.OrganizationsApi.RenameOrganization
)

// Members that not every version decodes.
const (
	SkipDefaultAlertsSettings = ``
	TimeZone                  = ``
)

// GetManagedSlowMs decodes what this version leaves undecoded.
func GetManagedSlowMs(api admin.PerformanceAdvisorApi, ctx context.Context, groupID string) managedSlowMs {
	return managedSlowMs{api.GetManagedSlowMs(ctx, groupID)}
}

type managedSlowMs struct {
	request admin.GetManagedSlowMsApiRequest
}

func (m managedSlowMs) Execute() (managed bool, response *http.Response, err error) {
	response, err = m.request.Execute()
	if err != nil {
		return false, response, err
	}
	defer response.Body.Close()
	return managed, response, json.NewDecoder(response.Body).Decode(&managed)
}
