"""Navigation of labelled graphs by policy gradient: walk from node to node by what is remembered of the map."""
