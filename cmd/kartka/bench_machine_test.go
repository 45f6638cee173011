package main

import "testing"

func TestParseMeminfo(t *testing.T) {
	if bytes, ok := parseMeminfo("MemTotal:       24684092 kB\nMemFree:         1000 kB\n"); !ok || bytes != 24684092<<10 {
		t.Errorf("%d, %v", bytes, ok)
	}
	if bytes, ok := parseMeminfo("MemFree: 1000 kB\n"); ok {
		t.Errorf("%d", bytes)
	}
}

func TestFileSystemOfADirectory(t *testing.T) {
	const mounts = `proc /proc proc rw 0 0
/dev/vda / ext4 rw 0 0
tmpfs /tmp tmpfs rw 0 0
/dev/vdb /tmp/with\040space xfs rw 0 0
tmpfs /srv tmpfs rw 0 0
/dev/vdc /srv btrfs rw 0 0
short
`
	for dir, want := range map[string]string{"/": "ext4", "/home/me": "ext4", "/tmp": "tmpfs", "/tmp/a/b": "tmpfs", "/tmpfiles": "ext4",
		"/tmp/with space/x": "xfs", "/srv/data": "btrfs"} {
		if got := fileSystem(mounts, dir); got != want {
			t.Errorf("%s is on %s, not %s", dir, got, want)
		}
	}
}
