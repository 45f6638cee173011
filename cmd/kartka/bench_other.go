//go:build !unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"time"
)

// processTime is not known here.
func processTime() (used time.Duration, ok bool) { return 0, false }

func apart(*exec.Cmd) {}

type lesser struct{}

// lesserUser says that no server is started here: -postgres takes one that runs.
func lesserUser() (*lesser, error) {
	return nil, fmt.Errorf("-start-postgres needs a Unix system; start a server yourself and use -postgres: %w", errConfig)
}

func (*lesser) as(*exec.Cmd) {}

func (*lesser) own(string) error { return nil }

func endNow(p *os.Process) error { return p.Kill() }
