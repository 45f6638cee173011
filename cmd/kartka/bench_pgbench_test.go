package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestReadLogCountsWhatEndedInTheWindow(t *testing.T) {
	at := time.Unix(1795319767, 440187*1000)
	const log = `1 1 900 0 1795319767 440186
0 1 7333 0 1795319767 440187
0 2 8352 0 1795319767 441027
0 3 failed 0 1795319767 441028
2 1 9583 0 1795319768 440186 17
2 2 9 0 1795319768 440187
`
	var h histogram
	if err := readLog(strings.NewReader(log), window{from: at, to: at.Add(time.Second)}, &h); err != nil {
		t.Fatal(err)
	}
	least, most := h.quantile(0), h.quantile(1)
	if h.count != 3 || (least-7333*time.Microsecond).Abs() > 120*time.Microsecond || (most-9583*time.Microsecond).Abs() > 150*time.Microsecond {
		t.Errorf("%d, %v to %v", h.count, least, most)
	}
	for _, bad := range []string{"1 1 900 0 1795319767\n", "0 1 x 0 1795319767 440187\n", "0 1 9 0 x 440187\n", "0 1 9 0 1795319767 x\n"} {
		if err := readLog(strings.NewReader(bad), window{from: at, to: at.Add(time.Second)}, &h); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

func TestPgbenchHearsReports(t *testing.T) {
	h := listenTo(strings.NewReader("starting vacuum...end.\nprogress: 1.0 s, 982.0 tps\nprogress: 2.0 s, 9 tps\npgbench: error: gone\n"))
	<-h.reported
	<-h.ended
	if got := h.text.String(); got != "starting vacuum...end.\npgbench: error: gone\n" {
		t.Errorf("%q", got)
	}
	h = listenTo(strings.NewReader("pgbench: error: no server\n"))
	<-h.ended
	select {
	case <-h.reported:
		t.Error("it has reported nothing")
	default:
	}
}

func TestPgbenchGetsThePasswordUnseen(t *testing.T) {
	for _, url := range []string{
		"postgres://me:very%20secret@127.0.0.1:5432/db?sslmode=disable&pool_max_conns=4&default_query_exec_mode=exec",
		"postgres://me@127.0.0.1:5432/db?sslmode=disable&password=very+secret",
	} {
		p, err := newPgbench(url, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if p.database != "postgres://me@127.0.0.1:5432/db?sslmode=disable" {
			t.Errorf("%s becomes %s", url, p.database)
		}
		if !slices.Contains(p.env, "PGPASSWORD=very secret") {
			t.Errorf("%s: the password is lost", url)
		}
	}
	if _, err := newPgbench("postgres://me:very secret\x7f@127.0.0.1/db", t.TempDir()); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v", err)
	}
}
