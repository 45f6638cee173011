package telegram

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Errors of what people do. They are wrapped with what exactly was wrong.
var (
	ErrNotFound = errors.New("not found")
	ErrInvalid  = errors.New("invalid")
)

// BotSpec describes a bot to create.
type BotSpec struct {
	Username string `json:"username"` // ends in "bot"
	Name     string `json:"name"`
	// Token is made up when empty. A given one must have the shape of a real one, 123:<35 characters>.
	Token string `json:"token,omitempty"`
	// ReadsAll turns the privacy mode of groups off.
	ReadsAll bool `json:"reads_all,omitempty"`
}

// Bot describes a bot, with its token.
type Bot struct {
	ID       int64  `json:"id"`
	Token    string `json:"token"`
	Username string `json:"username"`
	Name     string `json:"name"`
}

var usernameShape = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{3,30}[A-Za-z0-9]$`)

// CreateBot makes a bot. A bot that exists with the same username and token is returned as it is.
func (s *Server) CreateBot(spec BotSpec) (Bot, error) {
	if !usernameShape.MatchString(spec.Username) || !strings.HasSuffix(strings.ToLower(spec.Username), "bot") {
		return Bot{}, fmt.Errorf("create bot: %w: username %q", ErrInvalid, spec.Username)
	}
	if spec.Name == "" {
		spec.Name = spec.Username
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, err := s.botNamed(spec.Username); err == nil {
		if spec.Token == "" || spec.Token == known.Token {
			return known.info(), nil
		}
		return Bot{}, fmt.Errorf("create bot: %w: username %q is taken", ErrInvalid, spec.Username)
	}
	id := s.state.NextBot
	token := spec.Token
	if token == "" {
		token = s.makeToken(id)
	} else if !tokenShape.MatchString(token) {
		return Bot{}, fmt.Errorf("create bot: %w: token", ErrInvalid)
	} else {
		digits, _, _ := strings.Cut(token, ":")
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || s.state.Bots[n] != nil {
			return Bot{}, fmt.Errorf("create bot: %w: token", ErrInvalid)
		}
		id = n
	}
	if id == s.state.NextBot {
		s.state.NextBot++
	}
	b := &bot{
		ID: id, Token: token, Username: spec.Username, ReadsAll: spec.ReadsAll, NextUpdate: 100000001,
		Names: map[string]string{"": spec.Name}, Descriptions: map[string]string{}, ShortDescriptions: map[string]string{},
		Commands: map[string]map[string][]BotCommand{}, Menu: MenuButton{Type: "default"}, ChatMenus: map[int64]MenuButton{},
		Chats: map[int64]*chat{}, Presses: map[string]press{}, run: newRuntime(),
	}
	s.state.Bots[id] = b
	s.state.Version++
	s.touch()
	return b.info(), nil
}

func (s *Server) makeToken(id int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "token|%s|%d", s.seed, id))
	if s.seed == "" {
		rand.Read(sum[:])
	}
	return fmt.Sprintf("%d:AAE%s", id, base64.RawURLEncoding.EncodeToString(sum[:24]))
}

func (b *bot) info() Bot {
	return Bot{ID: b.ID, Token: b.Token, Username: b.Username, Name: b.Names[""]}
}

// Bots returns all bots, oldest first.
func (s *Server) Bots() []Bot {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Bot{}
	for _, b := range s.state.Bots {
		out = append(out, b.info())
	}
	slices.SortFunc(out, func(x, y Bot) int { return int(x.ID - y.ID) })
	return out
}

// FindBot returns the bot of a username or id; with "" the only bot there is.
func (s *Server) FindBot(name string) (Bot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name == "" {
		if len(s.state.Bots) != 1 {
			return Bot{}, fmt.Errorf("find bot: %w: name one of the %d bots", ErrInvalid, len(s.state.Bots))
		}
		for _, b := range s.state.Bots {
			return b.info(), nil
		}
	}
	b, err := s.botNamed(name)
	if err != nil {
		return Bot{}, fmt.Errorf("find bot: %w", err)
	}
	return b.info(), nil
}

func (s *Server) botNamed(name string) (*bot, error) {
	for _, b := range s.state.Bots {
		if strings.EqualFold(b.Username, strings.TrimPrefix(name, "@")) || strconv.FormatInt(b.ID, 10) == name {
			return b, nil
		}
	}
	return nil, fmt.Errorf("%w: bot %q", ErrNotFound, name)
}

// CreatePerson adds someone. ID and Phone are made up when empty.
func (s *Server) CreatePerson(p Person) (Person, error) {
	if p.FirstName == "" {
		return p, fmt.Errorf("create person: %w: empty first name", ErrInvalid)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.ID == 0 {
		for s.state.People[s.state.NextUser] != nil {
			s.state.NextUser++
		}
		p.ID = s.state.NextUser
		s.state.NextUser++
	}
	if p.ID < 0 || s.state.People[p.ID] != nil || s.state.Bots[p.ID] != nil {
		return p, fmt.Errorf("create person: %w: id %d", ErrInvalid, p.ID)
	}
	if p.Phone == "" {
		p.Phone = fmt.Sprintf("38050%07d", p.ID%10_000_000)
	}
	stored := p
	s.state.People[p.ID] = &stored
	s.state.Version++
	s.touch()
	return p, nil
}

// People returns everybody, in the order of ids.
func (s *Server) People() []Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Person{}
	for _, p := range s.state.People {
		out = append(out, *p)
	}
	slices.SortFunc(out, func(x, y Person) int { return int(x.ID - y.ID) })
	return out
}

func seedWord(seed string, n byte) uint64 {
	sum := sha256.Sum256(append([]byte("random|"+seed), n))
	return binary.LittleEndian.Uint64(sum[:])
}

// signingKey is the test key that signs initData in place of the platform's.
func (s *Server) signingKey() ed25519.PrivateKey {
	sum := sha256.Sum256([]byte("init data|" + s.seed))
	return ed25519.NewKeyFromSeed(sum[:])
}
