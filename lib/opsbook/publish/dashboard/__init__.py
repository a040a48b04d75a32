"""The dashboard: pages that paint at once and Voila behind them."""
