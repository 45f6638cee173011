package words

// ReadySegment is what a ready-made segment is called, and in one line what it is for.
func (w Words) ReadySegment(id string) (name, about string) {
	return w.T("segment.ready." + id + ".name"), w.T("segment.ready." + id + ".about")
}
