package sandbox

import (
	"log/slog"
	"net/http"
	"slices"
	"sync"

	"kartka/bots/sandbox/clock"
	"kartka/bots/sandbox/telegram"
)

// Config configures a [Server]. The zero value works.
type Config struct {
	// Clock is the time of the emulated platforms; the system's by default.
	Clock clock.Clock
	// Seed makes bot tokens and random choices repeatable; without it tokens are random.
	Seed   string
	Logger *slog.Logger
	// Flood is the table of flood limits; by default there are none.
	Flood telegram.Flood
	// WebhookHost says which hosts webhooks may name; by default loopback only.
	WebhookHost func(host string) bool
	// Intro is the sentence at the top of the chat page.
	Intro string
	// Personas are the phones of the chat page, see [Server.SetPersonas].
	Personas []Persona
}

// Persona is a part a visitor can play: one phone of the chat page.
type Persona struct {
	// User is the person's id on the platform.
	User int64 `json:"user"`
	// Title is the part: "Guest". Hint says what to do: "Press Start to get your card."
	Title string `json:"title"`
	Hint  string `json:"hint"`
	// Bot is the username of the bot the phone opens on; Payload comes with its Start button, as if the person had
	// followed a deep link.
	Bot     string `json:"bot"`
	Payload string `json:"payload,omitempty"`
}

// Server is the sandbox. It is safe for concurrent use.
type Server struct {
	telegram *telegram.Server
	log      *slog.Logger
	intro    string
	mux      http.Handler

	mu       sync.Mutex
	personas []Persona
}

// New returns a sandbox. Close it in the end.
func New(cfg Config) *Server {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Intro == "" {
		cfg.Intro = phrase("intro")
	}
	s := &Server{
		telegram: telegram.New(telegram.Config{
			Clock: cfg.Clock, Seed: cfg.Seed, Logger: cfg.Logger, Flood: cfg.Flood, WebhookHost: cfg.WebhookHost,
		}),
		log: cfg.Logger, intro: cfg.Intro, personas: cfg.Personas,
	}
	mux := http.NewServeMux()
	mux.Handle("/sandbox/telegram/", http.StripPrefix("/sandbox/telegram", s.telegram))
	s.handleAPI(mux)
	s.handlePage(mux)
	s.mux = mux
	return s
}

// Telegram returns the emulated platform, to arrange things without HTTP.
func (s *Server) Telegram() *telegram.Server { return s.telegram }

// SetPersonas replaces the phones of the chat page. People created with Shown follow after them.
func (s *Server) SetPersonas(personas []Persona) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.personas = slices.Clone(personas)
}

// Close ends long polls and webhook deliveries and waits for them.
func (s *Server) Close() { s.telegram.Close() }

// ServeHTTP serves everything under /sandbox/.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }
