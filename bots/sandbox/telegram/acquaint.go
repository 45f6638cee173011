package telegram

import "fmt"

// Acquaint has people know a bot since long ago: their chats with it are open, and nothing was said in them that the bot would hear of. Who is not there yet
// is made.
func (s *Server) Acquaint(botID int64, people ...Person) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range people {
		if p.ID <= 0 || p.FirstName == "" || s.state.Bots[p.ID] != nil {
			return fmt.Errorf("acquaint: %w: person %d", ErrInvalid, p.ID)
		}
		if s.state.People[p.ID] == nil {
			s.state.People[p.ID] = &p
		}
		_, _, ch, err := s.at(Place{User: p.ID, Bot: botID})
		if err != nil {
			return fmt.Errorf("acquaint: %w", err)
		}
		ch.Started = true
	}
	s.state.Version++
	s.touch()
	return nil
}
