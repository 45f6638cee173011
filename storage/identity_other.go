//go:build !unix

package storage

// fileIdentity is where the file is: systems without numbers of files tell copies by that.
func fileIdentity(path string) (string, error) { return "sqlite:" + path, nil }
