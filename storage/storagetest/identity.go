package storagetest

import (
	"testing"
)

// testIdentity proves that a database keeps its identity while it is open and when it is opened again, and that another one has its own.
func testIdentity(t *testing.T, url func(testing.TB) string) {
	here, there := url(t), url(t)
	a, b, other := Open(t, here), Open(t, here), Open(t, there)
	id := must(a.Identity(t.Context()))(t)
	if id == "" {
		t.Fatal("a database that is kept has no identity")
	}
	equal(t, "opened twice", must(b.Identity(t.Context()))(t), id)
	if must(other.Identity(t.Context()))(t) == id {
		t.Error("two databases have one identity")
	}
}
