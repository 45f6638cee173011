package tills

import (
	"context"
	_ "embed"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"kartka/engine"
	"kartka/locales"
)

// Engine is what the interface stands on; [engine.Engine] implements it.
type Engine interface {
	Now() time.Time
	NewID() string
	// Store gives the reads that need no rules: accounts, standing, sales.
	Store() engine.Reads
	Program(ctx context.Context, id string) (engine.Program, error)
	TillByKey(ctx context.Context, key engine.Secret) (engine.Till, error)
	LookUp(ctx context.Context, t engine.Till, sign engine.CardSign) (engine.Found, error)
	FindBuyer(ctx context.Context, t engine.Till, sign engine.CardSign) (engine.Found, error)
	Quote(ctx context.Context, in engine.SaleInput) (engine.Quote, error)
	Post(ctx context.Context, in engine.PostInput) (engine.Posted, error)
	Reverse(ctx context.Context, in engine.ReverseInput) (engine.Posted, error)
	ReturnByReceipt(ctx context.Context, locationID, till, business, receiptNo string, in engine.ReverseInput) (engine.Posted, bool, error)
}

var _ Engine = (*engine.Engine)(nil)

// Config is what the interface needs.
type Config struct {
	Engine  Engine
	Catalog *locales.Catalog
	Logger  *slog.Logger
	// Down reports errors that say that the database cannot be asked now; nil: none does.
	Down func(error) bool
	// RatingLink is where whoever holds a receipt says how the purchase was, "" nowhere; nil: nowhere. It goes with the sales of shops that ask.
	RatingLink func(program engine.Program, saleID string) string
	// Wrote is told of each call that has left messages for guests, by program; nil: nobody is.
	Wrote func(programID string)
	// Handled is told of each call that is over; nil: nobody is.
	Handled func(Call)
}

// Call is what a call came to.
type Call struct {
	Operation string // as in openapi.yaml, or "unknown"
	Status    int    // 499 when the caller did not wait for the answer
	Took      time.Duration
	// Items counts the outcomes of a batch by their status; nil for other calls.
	Items map[int]int
}

// Path is where the interface is.
const Path = "/till/v1/"

// How much is taken at a time.
const (
	callBytes  = 1 << 20
	batchBytes = 8 << 20
	batchItems = 500
	// batchesAtOnce times itemsAtOnce is what may wait for the database because of batches, which leaves room for the tills at the counter.
	batchesAtOnce = 16
	itemsAtOnce   = 256
	callsAtOnce   = 4096
)

// How long a caller waits for the database at most. A till gives up sooner.
const (
	callTime  = 15 * time.Second
	batchTime = time.Minute
)

// Contract is the description of the interface, in OpenAPI 3.0.
//
//go:embed openapi.yaml
var Contract []byte

// api answers tills.
type api struct {
	Config
	keys    *keyring
	spoken  *memo[string, string] // the guests of live codes by the sale they were read for
	calls   chan struct{}
	batches chan struct{}
	buffers buffers
}

// New makes the handler of everything under [Path].
func New(c Config) http.Handler {
	a := &api{Config: c, calls: make(chan struct{}, callsAtOnce), batches: make(chan struct{}, batchesAtOnce)}
	a.keys = newKeyring(c.Engine)
	a.spoken = newMemo[string, string](mostSpoken, spokenKept)
	mux := http.NewServeMux()
	for path, methods := range a.operations() {
		mux.Handle(strings.TrimSuffix(Path, "/")+path, a.one(methods))
	}
	mux.HandleFunc("GET "+Path+"openapi.yaml", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/yaml")
		_, _ = w.Write(Contract)
	})
	mux.Handle(Path, a.one(nil))
	return mux
}

// operation is a call of the interface.
type operation struct {
	name string
	// answer does it. What it returns is sent as JSON, an error as a problem.
	answer func(ctx context.Context, c *caller, r *http.Request) (status int, body any, err error)
	writes bool
	batch  bool
}

// operations is everything that is served, by path and method.
func (a *api) operations() map[string]map[string]operation {
	return map[string]map[string]operation{
		"/hello":              {"GET": {"hello", a.hello, false, false}},
		"/customers/resolve":  {"POST": {"resolveCustomer", a.resolve, false, false}},
		"/quotes":             {"POST": {"createQuote", a.quote, false, false}},
		"/sales":              {"POST": {"commitSale", a.commitSale, true, false}, "GET": {"findSales", a.findSales, false, false}},
		"/sales/{id}/refunds": {"POST": {"refundSale", a.refundSale, true, false}},
		"/sales/{id}/void":    {"POST": {"voidSale", a.voidSale, true, false}},
		"/batches":            {"POST": {"uploadBatch", a.uploadBatch, true, true}},
	}
}

// one serves a path, whose operations are given by method; without any there is nothing at the path.
func (a *api) one(methods map[string]operation) http.Handler {
	var allow []string
	for m := range methods {
		allow = append(allow, m)
	}
	slices.Sort(allow)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		c := &caller{hint: r.Header.Get("Accept-Language")}
		op, ok := methods[r.Method]
		switch {
		case methods == nil:
			op = operation{name: "unknown", answer: refuse(&failure{code: "not_found", status: http.StatusNotFound, text: "not_found"})}
		case !ok:
			w.Header().Set("Allow", strings.Join(allow, ", "))
			op = operation{name: "unknown", answer: refuse(&failure{code: "method_not_allowed", status: http.StatusMethodNotAllowed, text: "method_not_allowed",
				args: locales.Args{"Methods": strings.Join(allow, ", ")}})}
		}
		status, body, err := a.serve(w, r, op, c)
		if err != nil {
			status, body = a.problem(r.Context(), op.name, c, err)
		}
		if a.Wrote != nil && op.writes && status < http.StatusBadRequest {
			a.Wrote(c.till.ProgramID)
		}
		a.send(w, status, body)
		if a.Handled != nil {
			call := Call{Operation: op.name, Status: status, Took: time.Since(began)}
			if b, ok := body.(*batchResult); ok {
				call.Items = b.count()
			}
			a.Handled(call)
		}
	})
}

func refuse(f *failure) func(context.Context, *caller, *http.Request) (int, any, error) {
	return func(context.Context, *caller, *http.Request) (int, any, error) { return 0, nil, f }
}

// serve has a call answered, if there is room for it and the till is known.
func (a *api) serve(w http.ResponseWriter, r *http.Request, op operation, c *caller) (int, any, error) {
	if op.name == "unknown" {
		return op.answer(r.Context(), c, r)
	}
	room, limit, most := a.calls, int64(callBytes), callTime
	if op.batch {
		room, limit, most = a.batches, batchBytes, batchTime
	}
	ctx, cancel := context.WithTimeout(r.Context(), most)
	defer cancel()
	var err error
	if c.till, err = a.keys.till(ctx, r.Header.Get("Authorization"), r.RemoteAddr); err != nil {
		return 0, nil, err
	}
	select {
	case room <- struct{}{}:
		defer func() { <-room }()
	default:
		return 0, nil, busy
	}
	if c.program, err = a.Engine.Program(ctx, c.till.ProgramID); err != nil {
		return 0, nil, err
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	return op.answer(ctx, c, r)
}

// caller is the till that calls.
type caller struct {
	till    engine.Till
	program engine.Program // of the till; zero while it is not known
	hint    string         // of its language
}

// key is one of the till's own keys as the books have it: two tills may count their sales alike. A till that gets a new key to call with is the same till.
func (c *caller) key(own string) string { return tag(c.till.LocationID, c.till.Name) + own }
