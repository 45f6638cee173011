package talk

// Command is something a person can type.
type Command struct {
	Name string // without the slash
	// May says who it is for; nil = everybody. It is asked at every use, whatever a menu shows.
	May func(View) bool
	// About is the catalogue's key of its line in the menu.
	About string
	// Hidden commands work but are in no menu.
	Hidden bool
	Handle func(View) Output
}

// Menu gives each command its line in the menu: the catalogue's key is the prefix and the command's name.
func Menu(prefix string, commands ...Command) []Command {
	for i := range commands {
		commands[i].About = prefix + commands[i].Name
	}
	return commands
}
