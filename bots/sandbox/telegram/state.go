package telegram

import (
	"encoding/json"
	"fmt"
	"sort"
	"time"
)

// state is everything the emulator remembers; it is what a snapshot holds. What belongs to running connections
// lives in runtime.
type state struct {
	Version   uint64            `json:"version"`
	NextBot   int64             `json:"next_bot"`
	NextUser  int64             `json:"next_user"`
	NextGroup int64             `json:"next_group"`
	NextFile  int64             `json:"next_file"`
	NextQuery int64             `json:"next_query"`
	Bots      map[int64]*bot    `json:"bots"`
	People    map[int64]*Person `json:"people"`
	Groups    map[int64]*chat   `json:"groups"`
	Files     map[int64]*file   `json:"files"`
}

func newState() *state {
	return &state{
		NextBot: 7000000001, NextUser: 1001, NextGroup: -1002000000001, NextFile: 1, NextQuery: 1,
		Bots: make(map[int64]*bot), People: make(map[int64]*Person), Groups: make(map[int64]*chat), Files: make(map[int64]*file),
	}
}

// bot is an account with a token.
type bot struct {
	ID         int64  `json:"id"`
	Token      string `json:"token"`
	Username   string `json:"username"`
	ReadsAll   bool   `json:"reads_all"` // privacy mode is off in groups
	NextMsg    int64  `json:"next_message"`
	NextUpdate int64  `json:"next_update"`

	// Texts by language; "" is the default one.
	Names             map[string]string                  `json:"names"`
	Descriptions      map[string]string                  `json:"descriptions"`
	ShortDescriptions map[string]string                  `json:"short_descriptions"`
	Commands          map[string]map[string][]BotCommand `json:"commands"` // scope → language → list
	Menu              MenuButton                         `json:"menu"`
	ChatMenus         map[int64]MenuButton               `json:"chat_menus"`

	Allowed []string         `json:"allowed_updates"` // nil: the default kinds
	Webhook webhook          `json:"webhook"`
	Pending []*pending       `json:"pending"`
	Chats   map[int64]*chat  `json:"chats"` // private chats by person
	Presses map[string]press `json:"presses"`
	// Prepared are messages for people to send, by id.
	Prepared map[string]prepared `json:"prepared,omitempty"`

	run *runtime
}

// webhook is the configured receiver of updates.
type webhook struct {
	URL            string    `json:"url,omitempty"`
	Secret         string    `json:"secret,omitempty"`
	MaxConnections int       `json:"max_connections,omitempty"`
	LastError      string    `json:"last_error,omitempty"`
	LastErrorAt    time.Time `json:"last_error_at,omitzero"`
	GoneSince      time.Time `json:"gone_since,omitzero"` // the first of an unbroken row of 410 answers
}

// pending is an update that has not been confirmed.
type pending struct {
	ID      int64           `json:"id"`
	Kind    string          `json:"kind"`
	Body    json.RawMessage `json:"body"`
	Queue   int64           `json:"queue"`
	Expires time.Time       `json:"expires"`
	// Again marks a repeated delivery of an update that may have been confirmed already.
	Again bool `json:"again,omitempty"`

	fails int
	delay time.Duration
	wake  time.Time
}

func (p *pending) update() update { return update{id: p.ID, kind: p.Kind, body: p.Body} }

// press is a pressed inline button waiting for its answer.
type press struct {
	User    int64     `json:"user"`
	Chat    int64     `json:"chat"`
	Expires time.Time `json:"expires"`
	Done    bool      `json:"done,omitempty"`
}

// Person is someone with the messenger on their phone.
type Person struct {
	ID           int64  `json:"id"`
	FirstName    string `json:"first_name"`
	LastName     string `json:"last_name,omitempty"`
	Username     string `json:"username,omitempty"`
	LanguageCode string `json:"language_code,omitempty"`
	// Phone is the number of the account as Telegram keeps it, digits only.
	Phone string `json:"phone,omitempty"`
	// Deactivated people have deleted their account.
	Deactivated bool `json:"deactivated,omitempty"`
	// Shown puts the person's phone on the chat page.
	Shown bool `json:"shown,omitempty"`
}

func (p *Person) user() User {
	return User{ID: p.ID, FirstName: p.FirstName, LastName: p.LastName, Username: p.Username, LanguageCode: p.LanguageCode}
}

func (p *Person) privateChat() Chat {
	return Chat{ID: p.ID, Type: "private", FirstName: p.FirstName, LastName: p.LastName, Username: p.Username}
}

// chat is a private chat of a person with a bot, or a supergroup.
type chat struct {
	ID    int64  `json:"id"`
	Title string `json:"title,omitempty"` // of a group
	// Started is true once the person has spoken, which allows the bot to.
	Started  bool             `json:"started,omitempty"`
	Blocked  bool             `json:"blocked,omitempty"`
	Messages []*message       `json:"messages"` // in the order of their ids
	Answers  []Answer         `json:"answers,omitempty"`
	Keyboard *ReplyKeyboard   `json:"keyboard,omitempty"` // shown in place of the person's own
	Hint     string           `json:"hint,omitempty"`     // placeholder of a forced reply
	Typing   time.Time        `json:"typing,omitzero"`    // until when an activity is shown
	Version  uint64           `json:"version"`
	NextMsg  int64            `json:"next_message,omitempty"` // groups count for themselves
	Members  map[int64]bool   `json:"members,omitempty"`
	Bots     map[int64]string `json:"bots,omitempty"` // status of each bot that was ever here
}

func (c *chat) private() bool { return c.ID > 0 }

// message is a message with what bots do not see of it.
type message struct {
	Message
	Bot      int64  `json:"bot,omitempty"`      // author, 0 for people
	Keyboard bool   `json:"keyboard,omitempty"` // sent with a keyboard that is not inline: cannot be edited
	File     int64  `json:"file,omitempty"`
	Edits    int    `json:"edits,omitempty"`
	Deleted  bool   `json:"deleted,omitempty"`
	Cleared  bool   `json:"cleared,omitempty"` // the person deleted the chat on their side
	Pinned   bool   `json:"pinned,omitempty"`
	Created  uint64 `json:"created"`
	Version  uint64 `json:"changed"`
}

// Answer is what a press brought: a toast, an alert, a link or nothing to see.
type Answer struct {
	Query string `json:"query"`
	Text  string `json:"text,omitempty"`
	Alert bool   `json:"alert,omitempty"`
	URL   string `json:"url,omitempty"`
	// Version orders answers among the changes of the chat.
	Version uint64 `json:"version"`
}

// find returns a message that still exists.
func (c *chat) find(id int64) *message {
	i := sort.Search(len(c.Messages), func(i int) bool { return c.Messages[i].MessageID >= id })
	if i == len(c.Messages) || c.Messages[i].MessageID != id || c.Messages[i].Deleted {
		return nil
	}
	return c.Messages[i]
}

// Snapshot returns the whole state as JSON. It contains bot tokens and uploaded files.
func (s *Server) Snapshot() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, err := json.Marshal(s.state)
	if err != nil {
		return nil, fmt.Errorf("encode snapshot: %w", err)
	}
	return data, nil
}

// Restore replaces the state by a snapshot. Running polls end as if another had come.
func (s *Server) Restore(data []byte) error {
	fresh := newState()
	if err := json.Unmarshal(data, fresh); err != nil {
		return fmt.Errorf("decode snapshot: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.state.Bots {
		b.endPoll(conflict(textSecondPoller))
		b.run.webhook.stop()
	}
	// Watchers wait for a version beyond the one they know.
	fresh.Version = max(fresh.Version, s.state.Version)
	s.state = fresh
	for _, b := range fresh.Bots {
		b.run = newRuntime()
		for _, p := range b.Pending {
			p.delay = time.Second
		}
		s.pump(b)
	}
	s.touch()
	return nil
}
