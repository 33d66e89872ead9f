"""The simulated city: Ordos and its nine banners and districts, day by day, through the real services.

Public totals are met exactly; everything below them is synthetic and says so in its name (模拟).
"""
