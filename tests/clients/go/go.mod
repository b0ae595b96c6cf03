module github.com/telamon-db/telamon/tests/clients/go

go 1.23.0

require (
	go.mongodb.org/atlas-sdk/v20240530005 v20240530005.0.0
	go.mongodb.org/atlas-sdk/v20241113005 v20241113005.0.0
)

require (
	github.com/mongodb-forks/digest v1.1.0 // indirect
	golang.org/x/oauth2 v0.25.0 // indirect
)
