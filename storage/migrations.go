package storage

import (
	"embed"
	"io/fs"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrations is the folder of migration files, one file for both databases.
func migrations() (fs.FS, error) { return fs.Sub(migrationFiles, "migrations") }
