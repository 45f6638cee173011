//go:build unix

package storage

import (
	"fmt"
	"os"
	"syscall"
)

// fileIdentity is the number the file system gives a file. A copy has another; numbers of devices are left out, as they change when a machine starts anew.
func fileIdentity(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("identify database: %w", err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "sqlite:" + path, nil
	}
	return fmt.Sprintf("sqlite:%d", stat.Ino), nil
}
