package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// machineMemory is how much memory the machine has, in bytes; ok is false where nobody says.
func machineMemory() (bytes int64, ok bool) {
	if raw, err := os.ReadFile("/proc/meminfo"); err == nil {
		return parseMeminfo(string(raw))
	}
	if raw, err := exec.Command("sysctl", "-n", "hw.memsize").Output(); err == nil { // macOS and the BSDs
		bytes, err = strconv.ParseInt(strings.TrimSpace(string(raw)), 10, 64)
		return bytes, err == nil && bytes > 0
	}
	return 0, false
}

// parseMeminfo reads the whole memory from the text of /proc/meminfo.
func parseMeminfo(text string) (bytes int64, ok bool) {
	for line := range strings.Lines(text) {
		var kilobytes int64
		if n, _ := fmt.Sscanf(line, "MemTotal: %d kB", &kilobytes); n == 1 {
			return kilobytes << 10, kilobytes > 0
		}
	}
	return 0, false
}

// inMemory reports whether a directory is kept in memory, where nothing is durable, whatever a database does. Where the mounts are not
// told it answers no.
func inMemory(dir string) bool {
	raw, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return false
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	switch fileSystem(string(raw), dir) {
	case "tmpfs", "ramfs":
		return true
	}
	return false
}

// fileSystem finds the kind of file system of a directory in the text of /proc/mounts: of the deepest mount above it, the last one.
func fileSystem(mounts, dir string) (kind string) {
	depth := -1
	for line := range strings.Lines(mounts) {
		fields := strings.Fields(line)
		if len(fields) < 3 {
			continue
		}
		at := strings.ReplaceAll(fields[1], `\040`, " ")
		if under := at == "/" || dir == at || strings.HasPrefix(dir, at+"/"); under && len(at) >= depth {
			depth, kind = len(at), fields[2]
		}
	}
	return kind
}

// processors is how many processors this program may use.
func processors() int { return runtime.GOMAXPROCS(0) }
