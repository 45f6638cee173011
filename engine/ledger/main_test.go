package ledger_test

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// cases is how many histories every property of the ledger is held against, unless -rapid.checks says otherwise.
const cases = 10_000

func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		if err := flag.Set("rapid.checks", fmt.Sprint(cases)); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
