package telegram

import (
	"context"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"kartka/bots/sandbox/clock"
)

// Config configures a [Server]. The zero value works: system clock, no flood limits, no log.
type Config struct {
	Clock clock.Clock
	// Seed makes tokens and every random choice repeatable.
	Seed   string
	Logger *slog.Logger
	Flood  Flood
	// WebhookHost says which hosts webhooks may name. By default loopback addresses only.
	WebhookHost func(host string) bool
	// Client sends webhooks; by default a plain one that follows no redirects.
	Client *http.Client
}

// Server is the emulated platform. It is safe for concurrent use.
type Server struct {
	clock   clock.Clock
	seed    string
	log     *slog.Logger
	flood   Flood
	hostOK  func(string) bool
	client  *http.Client
	methods map[string]method

	ctx    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu      sync.Mutex
	state   *state
	changed chan struct{} // closed and replaced at every change
	calls   []Call
	random  *rand.Rand
}

// New returns a server without bots and people.
func New(cfg Config) *Server {
	if cfg.Clock == nil {
		cfg.Clock = clock.System()
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.WebhookHost == nil {
		cfg.WebhookHost = isLoopback
	}
	if cfg.Client == nil {
		cfg.Client = &http.Client{
			Transport:     &http.Transport{MaxIdleConnsPerHost: 100},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Server{
		clock: cfg.Clock, seed: cfg.Seed, log: cfg.Logger, flood: cfg.Flood, hostOK: cfg.WebhookHost, client: cfg.Client,
		methods: methodTable(), ctx: ctx, cancel: cancel, state: newState(), changed: make(chan struct{}),
		random: rand.New(rand.NewPCG(seedWord(cfg.Seed, 0), seedWord(cfg.Seed, 1))),
	}
}

// Close ends polls and webhook deliveries and waits for them.
func (s *Server) Close() {
	s.cancel()
	s.mu.Lock()
	for _, b := range s.state.Bots {
		b.run.webhook.stop()
	}
	s.mu.Unlock()
	s.done.Wait()
	s.client.CloseIdleConnections()
}

var tokenShape = regexp.MustCompile(`^[0-9]+:[A-Za-z0-9_-]{35}$`)

// ServeHTTP answers /bot<token>/<method> and /file/bot<token>/<path>.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	if rest, ok := strings.CutPrefix(path, "file/bot"); ok {
		token, name, _ := strings.Cut(rest, "/")
		s.serveFile(w, token, name)
		return
	}
	rest, ok := strings.CutPrefix(path, "bot")
	token, name, slash := strings.Cut(rest, "/")
	if !ok || !slash {
		writeError(w, &apiError{code: http.StatusNotFound, text: "Not Found"})
		return
	}
	b, err := s.botByToken(token)
	if err != nil {
		writeError(w, err)
		return
	}
	name = strings.ToLower(strings.TrimPrefix(name, "test/"))
	p, readErr := readParams(r)
	if readErr != nil {
		writeError(w, badRequest("%s", readErr))
		return
	}
	flt := s.takeFault(b, name)
	if flt != nil && flt.before(s, w, r) {
		return
	}
	result, err := s.execute(r.Context(), b, name, p)
	if flt != nil {
		flt.after(w, result, err)
		return
	}
	if err != nil {
		writeError(w, err)
		return
	}
	writeResult(w, result)
}

func (s *Server) botByToken(token string) (*bot, *apiError) {
	if !tokenShape.MatchString(token) {
		return nil, &apiError{code: http.StatusUnauthorized, text: "Unauthorized: invalid token specified"}
	}
	id, _, _ := strings.Cut(token, ":")
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return nil, &apiError{code: http.StatusUnauthorized, text: "Unauthorized: invalid token specified"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.state.Bots[n]
	if b == nil || b.Token != token {
		return nil, &apiError{code: http.StatusUnauthorized, text: "Unauthorized"}
	}
	return b, nil
}

// call is one method being executed, under the lock of the server.
type call struct {
	*Server
	bot *bot
	p   params
	now time.Time
}

type method func(*call) (any, error)

// execute runs a method. The name is in lower case.
func (s *Server) execute(ctx context.Context, b *bot, name string, p params) (result any, failed *apiError) {
	if name == "getupdates" {
		updates, err := s.getUpdates(ctx, b, p)
		if err != nil || len(updates) > 0 {
			s.mu.Lock()
			s.logCall(b, name, p, err)
			s.mu.Unlock()
		}
		return updates, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m, known := s.methods[name]
	if !known {
		failed = &apiError{code: http.StatusNotFound, text: "Not Found: method not found"}
	} else {
		out, err := m(&call{Server: s, bot: b, p: p, now: s.clock.Now()})
		result = out
		if err != nil {
			failed = asAPIError(err)
		}
	}
	s.logCall(b, name, p, failed)
	s.touch()
	return result, failed
}

func asAPIError(err error) *apiError {
	if e, ok := err.(*apiError); ok {
		return e
	}
	return &apiError{code: http.StatusInternalServerError, text: "Internal Server Error: " + err.Error()}
}

// touch announces a change to everybody who watches. The caller holds the lock.
func (s *Server) touch() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// stamp gives the next version, for a change of c. The caller holds the lock and calls touch in the end.
func (s *Server) stamp(c *chat) uint64 {
	s.state.Version++
	c.Version = s.state.Version
	return s.state.Version
}

func writeResult(w http.ResponseWriter, result any) {
	writeJSON(w, http.StatusOK, success(result))
}

func success(result any) response {
	if d, ok := result.(described); ok {
		return response{OK: true, Result: d.result, Description: d.text}
	}
	return response{OK: true, Result: result}
}

func writeError(w http.ResponseWriter, err *apiError) {
	resp := response{ErrorCode: err.code, Description: err.text}
	if err.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(err.retryAfter))
		resp.Parameters = &responseParameters{RetryAfter: err.retryAfter}
	}
	writeJSON(w, err.code, resp)
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		http.Error(w, "encode answer", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone away is no concern of the server
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
