terraform {
  required_providers {
    mongodbatlas = {
      source  = "mongodb/mongodbatlas"
      version = ">= 1.21.2"
    }
  }
}

variable "org_id" {
  type = string
}

variable "name" {
  type = string
}

variable "role" {
  type = string
}

resource "mongodbatlas_project" "this" {
  name   = var.name
  org_id = var.org_id

  tags = {
    environment = "test"
  }

  limits {
    name  = "atlas.project.security.databaseAccess.users"
    value = 50
  }
}

resource "mongodbatlas_database_user" "scram" {
  project_id         = mongodbatlas_project.this.id
  username           = "scram"
  password           = "correct horse battery staple"
  auth_database_name = "admin"

  roles {
    role_name     = var.role
    database_name = "admin"
  }

  labels {
    key   = "team"
    value = "shop"
  }
}

resource "mongodbatlas_database_user" "certificate" {
  project_id         = mongodbatlas_project.this.id
  username           = "certificate"
  x509_type          = "MANAGED"
  auth_database_name = "$external"

  roles {
    role_name     = var.role
    database_name = "admin"
  }
}

resource "mongodbatlas_x509_authentication_database_user" "certificate" {
  project_id              = mongodbatlas_project.this.id
  username                = mongodbatlas_database_user.certificate.username
  months_until_expiration = 3
}

resource "mongodbatlas_api_key" "reader" {
  org_id      = var.org_id
  description = var.name
  role_names  = ["ORG_READ_ONLY"]
}

data "mongodbatlas_project" "this" {
  project_id = mongodbatlas_project.this.id
}

output "certificate" {
  value     = mongodbatlas_x509_authentication_database_user.certificate.current_certificate
  sensitive = true
}
