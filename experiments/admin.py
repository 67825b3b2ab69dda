"""The administration site: teams and who belongs to them.

Experiments are not here on purpose: each write to them goes through a service and its history.
"""

from django.contrib import admin

from experiments.models import Membership, Team


class MembershipInline(admin.TabularInline):
    """A team's members and their roles."""

    model = Membership
    extra = 1


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin):
    """Teams."""

    list_display = ("name", "created_at")
    search_fields = ("name",)
    inlines = (MembershipInline,)
