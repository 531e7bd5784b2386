"""The learned score: habits of each customer, and how far one invoice departs from them. Pure: no Django, no clock."""
