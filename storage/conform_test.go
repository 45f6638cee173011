package storage_test

import (
	"testing"

	"kartka/storage/storagetest"
)

func TestPostgres(t *testing.T) { storagetest.Run(t, storagetest.Postgres) }

func TestSQLite(t *testing.T) { storagetest.Run(t, storagetest.SQLite) }
